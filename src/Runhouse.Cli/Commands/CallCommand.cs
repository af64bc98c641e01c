using System.CommandLine;
using System.Text.Json;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse call</c>.</summary>
internal sealed class CallCommand(Terminal terminal)
{
    private readonly Argument<string?> _member = new("member")
    {
        Description = "What to call, such as Jobs.PreprocessAsync: a part of its name that no other has.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _arguments = new("--arg")
    {
        Description = "An argument, name=value; once for each. Text, numbers, dates and names of enums as they are, lists with commas, all else as JSON.",
        HelpName = "name=value",
    };

    private readonly Option<string?> _json = new("--args-json") { Description = "A file with the arguments as a JSON object, '-' for standard input; --arg goes first.", HelpName = "file" };
    private readonly Option<string?> _cluster = Arguments.ClusterOption();
    private readonly Option<int> _host = Arguments.Host();
    private readonly Option<string?> _object = new("--name") { Description = "The named object whose method is called.", HelpName = "object" };
    private readonly Option<string?> _build = new("--build") { Description = "A build to call, deployed first if the host does not have it: the folder with its output, or its assembly.", HelpName = "path" };
    private readonly Option<string?> _application = new("--app") { Description = "The application, of a host that has several.", HelpName = "name" };
    private readonly Option<string?> _deployment = new("--deployment") { Description = "The deployment's id or its beginning; without it, the application's current one.", HelpName = "id" };
    private readonly Option<bool> _list = new("--list") { Description = "List what can be called, with what it takes and needs, and --name NAME behind what is called on a named object. Of records it has the names: a contract holds no more of their members than a hash, and errors tell them." };

    public static Command Create(Terminal terminal) => new CallCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command("call", "Call a remote function, or a method of a named object, and print its result as JSON; of a stream, one line for each item. What remote code writes goes to standard error. Ctrl-C cancels the call.")
        {
            _member, _arguments, _json, _cluster, _host, _object, _build, _application, _deployment, _list,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(_member) is null) != result.GetValue(_list))
                result.AddError("Name what to call, such as Jobs.PreprocessAsync, or say --list.");
            if (result.GetValue(_object) is not null && (result.GetValue(_build) ?? result.GetValue(_application) ?? result.GetValue(_deployment)) is not null)
                result.AddError("A named object has its own build: leave out --build, --app and --deployment.");
            if (result.GetValue(_build) is not null && result.GetValue(_deployment) is not null)
                result.AddError("Say either --build or --deployment.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Dictionary<string, string> texts = Texts(parsed.GetValue(_arguments) ?? []);
        Dictionary<string, JsonElement> arguments = await ReadAsync(parsed.GetValue(_json), cancellationToken).ConfigureAwait(false);
        ClusterApplication application = await OpenAsync(parsed, cancellationToken).ConfigureAwait(false);
        await using (application.ConfigureAwait(false))
        {
            if (parsed.GetValue(_list))
            {
                terminal.Result<IReadOnlyList<MemberEntry>>(MemberDisplay.Entries(application.Members), CliJson.Readable.IReadOnlyListMemberEntry, (members, console) => MemberDisplay.Show(members, parsed.GetValue(_object) is not null, console));
                return ExitCodes.Success;
            }

            RemoteMember member = application.Find(parsed.GetValue(_member)!, [.. texts.Keys.Union(arguments.Keys, StringComparer.OrdinalIgnoreCase)]);
            foreach ((string name, string text) in texts)
                arguments[name] = ArgumentText.Read(member, member.Parameters.First(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase)), text);
            try
            {
                await CallAsync(application, member, arguments, terminal, cancellationToken).ConfigureAwait(false);
            }
            catch (RemoteSerializationException e) when (member.Parameters.Any(one => e.MemberPath.Split('.', '[')[0] == one.Name))
            {
                throw new ArgumentException($"{e.Message} The member is {MemberNames.Describe(member)}.", e);
            }

            return ExitCodes.Success;
        }
    }

    private static async Task CallAsync(
        ClusterApplication application, RemoteMember member, Dictionary<string, JsonElement> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var reports = new ReportLines(terminal);
        if (member.IsStream)
        {
            await foreach (JsonElement item in application.StreamAsync(member, arguments, reports, cancellationToken).ConfigureAwait(false))
                terminal.Json(item, isIndented: false);
        }
        else if (await application.CallAsync(member, arguments, reports, cancellationToken).ConfigureAwait(false) is { } value)
        {
            terminal.Json(value, isIndented: !terminal.IsJson);
        }
        else if (terminal.IsJson)
        {
            terminal.Json(JsonElement.Parse("null"), isIndented: false);
        }
    }

    private Task<ClusterApplication> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Cluster cluster = (parsed.GetValue(_cluster) is { } name ? Cluster.Get(name) : Cluster.Default()).Host(parsed.GetValue(_host));
        TextWriter output = terminal.Error.Profile.Out.Writer;
        return parsed.GetValue(_object) is { } named
            ? cluster.OpenObjectAsync(named, output, cancellationToken)
            : cluster.OpenApplicationAsync(
                new ApplicationChoice { Build = parsed.GetValue(_build), Application = parsed.GetValue(_application), Deployment = parsed.GetValue(_deployment) }, output, cancellationToken);
    }

    private static Dictionary<string, string> Texts(string[] arguments)
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string argument in arguments)
        {
            (string name, string text) = ArgumentText.Split(argument);
            if (!texts.TryAdd(name, text))
                throw new ArgumentException($"The argument '{name}' is given twice. A list has its items in one argument, with commas: --arg {name}=1,2,3.");
        }

        return texts;
    }

    // What people write by hand.
    private static JsonDocumentOptions Written => new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private static async Task<Dictionary<string, JsonElement>> ReadAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
            return new(StringComparer.OrdinalIgnoreCase);
        try
        {
            Stream content = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            await using (content.ConfigureAwait(false))
            {
                using JsonDocument document = await JsonDocument.ParseAsync(content, Written, cancellationToken).ConfigureAwait(false);
                return document.RootElement.ValueKind == JsonValueKind.Object
                    ? new(document.RootElement.Clone().EnumerateObject().Select(static one => KeyValuePair.Create(one.Name, one.Value)), StringComparer.OrdinalIgnoreCase)
                    : throw new ArgumentException($"{path} holds no JSON object with the arguments by their names, such as {{\"epochs\": 3}}.");
            }
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The arguments {Source()} are no JSON: see line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The arguments {Source()} cannot be read: {e.Message}", e);
        }

        string Source() => path == "-" ? "on standard input" : $"in {path}";
    }

    // As the lines of logs are: on standard error, in the order in which they come.
    private sealed class ReportLines(Terminal terminal) : IProgress<JsonElement>
    {
        public void Report(JsonElement value) => terminal.Error.Profile.Out.Writer.WriteLine($"progress: {Terminal.Text(value, isIndented: false)}");
    }
}
