using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>One destination: what it is, the recipients there, and what must become of them (a word for each, the first of <see cref="Does"/>'s answer).</summary>
internal sealed record Animal(string Name, string Is, string MustBe)
{
    public string Domain { get; init; } = Name.Contains('.', StringComparison.Ordinal) ? Name : Name + ".plain.test";

    public string[] Recipients { get; init; } = ["alice"];

    public MessageContent? Content { get; init; }

    /// <summary>What the sender asked for, or what the message is.</summary>
    public Func<Envelope, Envelope>? With { get; init; }

    /// <summary>It keeps us waiting in one phase, so the timeout of that phase is short; null: it does not.</summary>
    public Action<ClientTimeouts>? Hurry { get; init; }

    /// <summary>Tried a second time, as the schedule would.</summary>
    public bool Again { get; init; }
}
