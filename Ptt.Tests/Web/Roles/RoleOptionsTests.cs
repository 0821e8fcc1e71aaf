using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Roles;

namespace Ptt.Tests.Web.Roles;

public sealed class RoleOptionsTests
{
    [Theory]
    [InlineData("", "", "", null)]
    [InlineData("Submission,Signer,Relay", "", "", null)]
    [InlineData("Submission", "signer.example:25", "", null)]
    [InlineData("Signer", "", "[2001:db8::1]:25", null)]
    [InlineData("Relay", "", "", null)]
    [InlineData("Submission", "", "", "Ptt:Submission:NextHop: the Signer is not in this process")]
    [InlineData("Signer", "", "", "Ptt:Signer:NextHop: the Relay is not in this process")]
    [InlineData("", "signer.example:25", "", "Ptt:Submission:NextHop: the Signer is in this process")]
    [InlineData("Relay", "signer.example:25", "", "Ptt:Submission:NextHop: this process does not play Submission")]
    [InlineData("Submission", "signer.example", "", "Ptt:Submission:NextHop: 'signer.example' is not host:port")]
    [InlineData("Submission", "signer.example:0", "", "Ptt:Submission:NextHop: 'signer.example:0' is not host:port")]
    [InlineData("Relay,Relay", "", "", "Ptt:Roles: Relay stands there 2 times")]
    public void Each_role_hands_its_mail_to_somebody(string roles, string afterSubmission, string afterSigner, string? fault)
    {
        ValidateOptionsResult result = new RoleOptionsValidator().Validate(null, new RoleOptions
        {
            Roles = [.. roles.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Role>)],
            Submission = new() { NextHop = afterSubmission },
            Signer = new() { NextHop = afterSigner },
        });

        if (fault is null)
        {
            Assert.True(result.Succeeded, result.FailureMessage);
        }
        else
        {
            Assert.Contains(fault, result.FailureMessage, StringComparison.Ordinal);
        }
    }
}
