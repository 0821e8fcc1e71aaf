using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

/// <summary>
/// A process to be killed while it changes users. With a step it stops there, says <c>at STEP</c> and waits for the end; with
/// <c>stream</c> it makes and disables users without a pause and says what is promised: <c>C address</c> made, <c>D address</c> disabled.
/// </summary>
internal static class UsersVictim
{
    private const string Actor = "victim";

    /// <param name="arguments">Data directory, repository or <c>-</c>, step or <c>stream</c>, and what to do: disable, delete, create, revoke.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [var directory, var repository, var step, var what])
        {
            return 2;
        }

        await using WebApplication app = UsersRoom.Build(directory, [("Ptt:Users:Iterations", "4096"), .. repository == "-" ? [] : new[] { ("Ptt:Users:Repository", repository) }]);
        await app.StartAsync();
        UserService users = app.Services.GetRequiredService<UserService>();
        if (step == "stream")
        {
            Say("ready");
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => StreamAsync(users, i)));
            return 0;
        }

        app.Services.GetRequiredService<WriteSteps>().Reached = reached =>
        {
            if (reached == step)
            {
                Say("at " + step);
                Thread.Sleep(Timeout.Infinite);
            }
        };
        Mailbox ada = Mailbox.Parse("ada@example.org");
        switch (what)
        {
            case "disable":
                await users.SetEnabledAsync(ada, false, Actor, default, withMail: true);
                break;
            case "delete":
                await users.DeleteAsync(ada, Precondition.Any, Actor, default);
                break;
            case "revoke":
                await app.Services.GetRequiredService<UserCredentials>().RevokeAppPasswordAsync(ada, users.Find(ada)!.User.AppPasswords[0].Id, Actor, default);
                break;
            case "create":
                await users.CreateAsync(new NewUser(new User { Address = Mailbox.Parse("new@example.org") }), Actor, default);
                break;
        }

        Say("done");
        return 0;
    }

    private static async Task StreamAsync(UserService users, int writer)
    {
        for (int i = 0; ; i++)
        {
            Mailbox address = Mailbox.Parse(string.Create(CultureInfo.InvariantCulture, $"u{Environment.ProcessId}-{writer}-{i}@example.org"));
            await users.CreateAsync(new NewUser(new User { Address = address }), Actor, default);
            Say("C " + address);
            if (i % 2 == 0)
            {
                await users.SetEnabledAsync(address, false, Actor, default);
                Say("D " + address);
            }
        }
    }

    private static readonly Lock Out = new();

    /// <summary>One write of one short line: it is in the pipe whole, or not at all.</summary>
    private static void Say(string line)
    {
        lock (Out)
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }
    }
}
