using System.CommandLine;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse secrets</c>.</summary>
internal static class SecretsCommand
{
    public static Command Create(Terminal terminal) => new("secrets", "Secrets that are saved on this machine, for images to take by name. Values are never shown.")
    {
        List(terminal), Set(terminal), Delete(terminal),
    };

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "List the names of the saved secrets.");
        command.SetAction(_ =>
        {
            terminal.Result(Secret.List(), CliJson.Readable.IReadOnlyListString, (names, console) =>
            {
                if (names.Count == 0)
                    terminal.Note("No secret is saved. 'runhouse secrets set NAME' saves one.");
                foreach (string name in names)
                    console.WriteLine(name);
            });
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Set(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The secret's name; with --provider it may be left out.", Arity = ArgumentArity.ZeroOrOne };
        var variables = new Option<string[]>("--env") { Description = "A variable of this process' environment to take; remote code finds it under the same name. May be given several times.", HelpName = "variable" };
        var file = new Option<string?>("--file") { Description = "A file to take; on the host it lies at the same place below the home.", HelpName = "path" };
        var provider = new Option<string?>("--provider") { Description = "A provider whose credentials to take from where it keeps them: aws, gcp, azure, github, huggingface, openai, anthropic, kubernetes, ssh, docker, wandb.", HelpName = "provider" };
        var replace = new Option<bool>("--replace") { Description = "Replace a secret of that name; without it the first one is kept." };
        var command = new Command("set", "Save a secret, from variables, a file or a provider's credentials.") { name, variables, file, provider, replace };
        command.Validators.Add(result =>
        {
            int sources = (result.GetValue(variables) is { Length: > 0 } ? 1 : 0) + (result.GetValue(file) is null ? 0 : 1) + (result.GetValue(provider) is null ? 0 : 1);
            if (sources != 1)
                result.AddError("Say where the secret comes from: one of --env, --file and --provider.");
            else if (result.GetValue(name) is null && result.GetValue(provider) is null)
                result.AddError("Name the secret.");
        });
        command.SetAction(parsed =>
        {
            string? wanted = parsed.GetValue(name);
            Secret secret = parsed.GetValue(provider) is { } known ? Secret.FromProvider(known)
                : parsed.GetValue(file) is { } path ? Secret.FromFile(wanted!, path)
                : Secret.FromEnvironment(wanted!, parsed.GetValue(variables)!);
            Secret saved = secret.Save(parsed.GetValue(replace));
            terminal.Result(new SecretEntry(saved.Name, [.. saved.Variables], [.. saved.Files]), CliJson.Readable.SecretEntry, static (one, console)
                => console.WriteLine($"{one.Name}: {string.Join(", ", one.Variables.Concat(one.Files))}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The secret's name." };
        var command = new Command("delete", "Delete a saved secret. Hosts that have it keep it until their image goes.") { name };
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetValue(name)!;
            if (!Secret.Delete(wanted))
                throw new RemoteNotFoundException($"There is no secret '{wanted}'. {(Secret.List() is { Count: > 0 } names ? $"Saved are {string.Join(", ", names)}." : "None is saved.")}");
            terminal.Result(new DeleteResult(1), CliJson.Readable.DeleteResult, (_, console) => console.WriteLine($"{wanted} is deleted."));
            return ExitCodes.Success;
        });
        return command;
    }
}
