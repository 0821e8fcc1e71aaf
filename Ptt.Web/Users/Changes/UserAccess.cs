using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Changes;

/// <summary>What the REST and SCIM doors have in common: reading a body, and who may touch whom.</summary>
internal static partial class UserAccess
{
    public static async Task<JsonElement?> BodyAsync(HttpRequest request, List<Fault> faults, CancellationToken cancellationToken, int atMost = 4 * 1024 * 1024)
    {
        try
        {
            using JsonDocument document = await JsonDocument.ParseAsync(
                request.Body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 24 }, cancellationToken);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            faults.Add(new("", "The body is not JSON, or has a member twice."));
            return null;
        }
    }

    /// <summary>The user of a path, where the caller may see it.</summary>
    public static StoredUser? Visible(this UserService users, string address, ClaimsPrincipal caller) =>
        Addresses.TryCanonical(address, out Mailbox? mailbox) && caller.MayActOn(mailbox.Domain) ? users.Find(mailbox) : null;

    /// <summary>A repository that cannot be written is not the caller's fault and not ours: 503, and the alarm says why.</summary>
    public static async ValueTask<object?> AnswerGitFaultsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception fault) when (fault is GitException or System.ComponentModel.Win32Exception or IOException)
        {
            context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(UserStore)).RepositoryFaulted(fault);
            return Problems.Unavailable("The users' repository cannot be written now. Who was to be shut out is shut out; the rest has not happened.");
        }
    }

    [LoggerMessage(3341, LogLevel.Error, "The users' repository cannot be written")]
    private static partial void RepositoryFaulted(this ILogger logger, Exception fault);

    public static ProblemHttpResult ToProblem<T>(this Change<T> change, Func<T, object?>? show = null) => change switch
    {
        Change<T>.Invalid invalid => Problems.Invalid(invalid.Faults),
        Change<T>.Exists => Problems.Conflict("It exists already."),
        Change<T>.Stale stale => Problems.Stale(theirs: stale.Theirs is { } theirs ? show?.Invoke(theirs) : null),
        _ => Problems.NotFound(),
    };
}
