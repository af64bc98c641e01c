using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The host's token and certificate: how old they are, and new ones. The token itself is in no answer; <c>host.json</c> has it.</summary>
internal sealed partial class CredentialEndpoints(HostCredentials credentials, ILogger<CredentialEndpoints> log)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/credentials", AnswerAsync);
        routes.MapPost("/v1/credentials/rotate", Aside.From(RotateAsync));
    }

    private Task RotateAsync(HttpContext context)
    {
        credentials.Rotate();
        LogRotated();
        return AnswerAsync(context);
    }

    private Task AnswerAsync(HttpContext context) => JsonReply.WriteAsync(context, credentials.Status(), ControlJson.Default.CredentialsStatus);

    [LoggerMessage(LogLevel.Information, "The token and the certificate, if there is one, were replaced on demand")]
    private partial void LogRotated();
}
