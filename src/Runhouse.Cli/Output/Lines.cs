using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Text as it is: the console would break it where the terminal ends, in the middle of a command that is there to be copied.</summary>
internal static class Lines
{
    extension(IAnsiConsole console)
    {
        /// <summary>Writes a line of any length; nothing in it is markup.</summary>
        /// <param name="text">The text.</param>
        public void Line(string text) => console.Profile.Out.Writer.WriteLine(text);
    }
}
