using System.Text;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>A console for what writes text: the parser's help.</summary>
/// <param name="console">The console.</param>
internal sealed class ConsoleWriter(IAnsiConsole console) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => console.Profile.Out.Writer.Write(value);

    public override void Write(string? value) => console.Profile.Out.Writer.Write(value);
}
