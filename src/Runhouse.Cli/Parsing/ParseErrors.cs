using System.CommandLine;
using System.CommandLine.Parsing;
using Runhouse.Protocol.Contracts;

namespace Runhouse.Cli.Parsing;

/// <summary>Says what is wrong with a command line, in the words of people who write it: what there is nothing of, and what was likely meant.</summary>
internal static class ParseErrors
{
    private const string OfType = "as expected type";

    /// <summary>The errors, each a sentence or two.</summary>
    /// <param name="parsed">The command line.</param>
    public static string Text(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        List<string> sentences = [.. parsed.UnmatchedTokens.Take(1).Select(token => Unknown(token, parsed))];
        foreach (ParseError error in parsed.Errors)
        {
            // What is not known is said above, and a command that is not known is not missing as well.
            bool isSaid = parsed.UnmatchedTokens.Count > 0
                && (parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)) || (command.Subcommands.Count > 0 && command.Action is null));
            if (!isSaid)
                sentences.Add(error.Message.Contains(OfType, StringComparison.Ordinal) ? NotOfType(error) : error.Message);
        }

        return $"{string.Join(' ', sentences)} '{PathOf(parsed.CommandResult)} --help' shows what there is.";
    }

    private static string Unknown(string token, ParseResult parsed)
    {
        string path = PathOf(parsed.CommandResult);
        Command command = parsed.CommandResult.Command;
        if (token.StartsWith('-'))
        {
            IEnumerable<string> options = command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(static one => one.Recursive)).Select(static one => one.Name);
            return $"'{token}' is no option of '{path}'.{Meant(token, options)}";
        }

        return command.Subcommands.Count > 0
            ? $"There is no command '{path} {token}'.{Meant(token, command.Subcommands.Select(static one => one.Name))}"
            : $"'{token}' is more than '{path}' takes.";
    }

    private static string Meant(string token, IEnumerable<string> names) => NearNames.Of(token, names) is [var nearest, ..] ? $" Did you mean '{nearest}'?" : "";

    // Names of types are for those who wrote the command, not for those who use it.
    private static string NotOfType(ParseError error)
    {
        SymbolResult? result = error.SymbolResult is ArgumentResult { Parent: OptionResult parent } ? parent : error.SymbolResult;
        (string name, Type type, string value) = result switch
        {
            OptionResult option => (option.Option.Name, option.Option.ValueType, Value(option.Tokens)),
            ArgumentResult argument => ($"<{argument.Argument.Name}>", argument.Argument.ValueType, Value(argument.Tokens)),
            _ => ("", typeof(string), ""),
        };
        type = type.IsArray ? type.GetElementType()! : type;
        type = Nullable.GetUnderlyingType(type) ?? type;
        string wanted = type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(decimal) || type == typeof(double) ? "a number, such as 2.5"
            : type == typeof(bool) ? "true or false"
            : "something else";
        return $"{name} takes {wanted}, and '{value}' is none.";
    }

    private static string Value(IReadOnlyList<Token> tokens) => tokens is [.., var last] ? last.Value : "";

    /// <summary>The words of the command that was meant.</summary>
    private static string PathOf(CommandResult command)
        => command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "runhouse";
}
