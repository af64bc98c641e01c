using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse objects</c>.</summary>
internal static class ObjectsCommand
{
    public static Command Create(Terminal terminal) => new("objects", "Values that a cluster's host keeps under keys.")
    {
        List(terminal), Put(terminal), Get(terminal), Rename(terminal), Delete(terminal),
    };

    private static Command List(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        var prefix = new Option<string>("--prefix") { Description = "What the keys begin with.", HelpName = "text", DefaultValueFactory = static _ => "" };
        var command = new Command("list", "List the values.") { name, host, prefix };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<StoredValue> values = await Find(parsed, name, host).ListAsync(parsed.GetValue(prefix)!, cancellationToken).ConfigureAwait(false);
            terminal.Result(values, CliJson.Readable.IReadOnlyListStoredValue, static (list, console) => console.Write(Tables.Create(
                ["KEY", "SIZE", "TYPE", "PUT"],
                list.Select(static one => new[]
                {
                    one.Key, Sizes.Bytes(one.Size), one.ContentType, one.ModifiedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                }))));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Put(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        Argument<string> key = Key();
        var file = new Argument<string>("file") { Description = "The file with the value; '-' for standard input." };
        var command = new Command("put", "Put a value, in place of one of that key.") { name, key, file, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetValue(file)!;
            Stream content = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            await using (content.ConfigureAwait(false))
            {
                StoredValue value = await TransferDisplay.RunAsync(terminal, progress => Find(parsed, name, host)
                    .PutAsync(parsed.GetValue(key)!, content, contentType: null, progress, cancellationToken)).ConfigureAwait(false);
                terminal.Result(value, CliJson.Readable.StoredValue, static (one, console) => console.WriteLine($"{one.Key}: {Sizes.Bytes(one.Size)}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Get(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        Argument<string> key = Key();
        var file = new Argument<string>("file") { Description = "The file to write; '-' for standard output.", DefaultValueFactory = static _ => "-" };
        var command = new Command("get", "Get a value.") { name, key, file, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetValue(file)!;
            Stream content = await Find(parsed, name, host).GetAsync(parsed.GetValue(key)!, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                Stream target = path == "-" ? Console.OpenStandardOutput() : File.Create(path);
                await using (target.ConfigureAwait(false))
                    await content.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Rename(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        Argument<string> key = Key();
        var newKey = new Argument<string>("new-key") { Description = "The new key." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a value of the new key." };
        var command = new Command("rename", "Give a value another key.") { name, key, newKey, host, overwrite };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StoredValue value = await Find(parsed, name, host)
                .RenameAsync(parsed.GetValue(key)!, parsed.GetValue(newKey)!, parsed.GetValue(overwrite), cancellationToken).ConfigureAwait(false);
            terminal.Result(value, CliJson.Readable.StoredValue, static (one, console) => console.WriteLine($"{one.Key}: {Sizes.Bytes(one.Size)}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        var keys = new Argument<string[]>("key") { Description = "The keys.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All values of the host." };
        var command = new Command("delete", "Delete values.") { name, keys, host, all };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(keys) is { Length: > 0 }) == result.GetValue(all))
                result.AddError("Name the keys to delete, or say --all.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ClusterObjects objects = Find(parsed, name, host);
            int count = parsed.GetValue(all) ? await objects.DeleteAllAsync(confirm: true, cancellationToken).ConfigureAwait(false) : 0;
            foreach (string key in parsed.GetValue(keys) ?? [])
            {
                await objects.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
                count++;
            }

            terminal.Result(new DeleteResult(count), CliJson.Readable.DeleteResult, static (done, console) => console.WriteLine($"{done.Deleted} deleted."));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Argument<string> Key() => new("key") { Description = "The value's key." };

    private static ClusterObjects Find(ParseResult parsed, Argument<string> name, Option<int> host)
        => Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host)).Objects;
}
