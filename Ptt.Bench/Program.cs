// Measures parts of Ptt, each as a ratio to a plain baseline in the same run. See docs/benchmarks.md.
return args switch
{
    ["spool", .. var rest] => await SpoolBench.RunAsync(rest),
    ["spool-victim", var directory] => await SpoolVictim.RunAsync(directory),
    ["fill", var directory, .. var rest] => await SpoolFill.RunAsync(directory, rest),
    ["pages", var directory, .. var rest] => await PagesBench.RunAsync(directory, rest),
    ["users", .. var rest] => await UsersBench.RunAsync(rest),
    ["users-victim", .. var rest] => await UsersVictim.RunAsync(rest),
    ["signing"] => await SigningBench.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Ptt.Bench spool [senders] [backlog] | fill <data directory> [messages] [days] | pages <data directory> [messages] [users] | spool-victim <directory> | users [count] [domains] | users-victim <directory> <repository> <step> <what> | signing");
    return 2;
}
