using System.ComponentModel;

namespace Runhouse.Host.Commands;

/// <summary>A command did not start; the message says why and what to do.</summary>
internal sealed class CommandNotStartedException(string message, Exception inner) : Exception(message, inner)
{
    private const int TooLong = 7;

    /// <summary>What became of a start in a folder.</summary>
    public static CommandNotStartedException Of(string folder, Exception cause) => new(
        cause switch
        {
            _ when !Directory.Exists(folder) => $"The command cannot be started: its folder {folder} does not exist. Something before it may have removed it; create it, or choose another one.",
            Win32Exception { NativeErrorCode: TooLong } => "The command cannot be started: one of its variables, or all of them together, are longer than the system takes (128 KiB for one). Shorten them, or put the values into a file.",
            _ => $"The command cannot be started in {folder}: {cause.Message} Check the folder's rights and the machine's free memory and disk, then try again.",
        },
        cause);
}
