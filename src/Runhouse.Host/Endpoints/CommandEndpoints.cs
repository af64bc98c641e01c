using System.Text.Json;
using Runhouse.Host.Commands;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Commands for this machine's shell.</summary>
internal sealed partial class CommandEndpoints(
    ImageEnvironments environments, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CommandEndpoints> log)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/commands", RunAsync);

    private async Task RunAsync(HttpContext context)
    {
        RunCommand request = await JsonSerializer
            .DeserializeAsync(context.Request.Body, ControlJson.Default.RunCommand, context.RequestAborted).ConfigureAwait(false)
            ?? throw HostRefusal.Invalid("The body is null where a command is expected.");
        ShellCommand command = Read(request);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        FrameReply reply = FrameReply.Begin(context, time);
        await using (reply.ConfigureAwait(false))
        {
            try
            {
                ProcessExit exit = await command.RunAsync(reply.WriteAsync, ending.Token).ConfigureAwait(false);
                await reply.WriteAsync(new CommandEnded(exit.ExitCode, exit.Signal), ControlJson.Default.CommandEnded, ending.Token).ConfigureAwait(false);
            }
            catch (CommandNotStartedException notStarted)
            {
                await reply.WriteAsync(new CommandEnded(null, null) { NotStarted = notStarted.Message }, ControlJson.Default.CommandEnded, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // An answer without its end says that the command did not reach its own.
                LogEnded(context.RequestAborted.IsCancellationRequested ? "its caller has gone" : "the host stops");
                context.Abort();
            }
        }
    }

    private ShellCommand Read(RunCommand request)
    {
        if (string.IsNullOrWhiteSpace(request.Command) || request.Command.Contains('\0', StringComparison.Ordinal))
            throw HostRefusal.Invalid("The command is empty, or holds a zero character.");

        ImageEnvironment? environment = request.ImageEnvironment is { } id ? environments.Get(id) : null;
        var variables = new Dictionary<string, string>(environment?.Variables ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in request.Variables ?? new Dictionary<string, string>())
        {
            VariableCheck.Check(name, value);
            variables[name] = value;
        }

        string folder = HostPaths.Resolve(request.WorkingDirectory ?? "~", HostPaths.Home);
        return Directory.Exists(folder)
            ? new ShellCommand(request.Command) { Variables = variables, WorkingDirectory = folder, Redactor = environment?.Redactor }
            : throw HostRefusal.Invalid($"The folder {folder} to run in does not exist on this host. Create it, or choose another one.");
    }

    [LoggerMessage(LogLevel.Information, "A command was ended with all that it started: {Reason}")]
    private partial void LogEnded(string reason);
}
