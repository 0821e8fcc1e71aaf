// Measures parts of Ptt, each as a ratio to a plain baseline in the same run. See docs/benchmarks.md.
return args switch
{
    ["spool", .. var rest] => await SpoolBench.RunAsync(rest),
    ["spool-victim", var directory] => await SpoolVictim.RunAsync(directory),
    ["signing"] => await SigningBench.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Ptt.Bench spool [senders] [backlog] | spool-victim <directory> | signing");
    return 2;
}
