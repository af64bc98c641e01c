using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// What goes before a command, so that it can be ended there: its shell says its process id first. SSH's own signals do not do (OpenSSH refuses them
/// to root), nor does closing the channel: a command that neither reads nor writes does not notice. What the login shell's start-up files print goes as well.
/// </summary>
internal sealed class CommandPrelude
{
    // Start-up files that print more than this are no start-up files; the output is let through as it is then.
    private const int MaxNoise = 64 << 10;

    private readonly ArrayBufferWriter<byte> _seen = new();
    private readonly byte[] _mark;

    /// <summary>Makes the prelude of a command.</summary>
    /// <param name="text">The command, as <c>sh -c</c> takes it.</param>
    public CommandPrelude(string text)
    {
        string mark = "runhouse-" + RandomNumberGenerator.GetHexString(16, lowercase: true) + ":";
        _mark = Encoding.ASCII.GetBytes(mark);

        // Whatever the login shell is, it understands this. The shell that says its id becomes the command: there is no process in between.
        Command = $"exec /bin/sh -c 'echo {mark}$$; exec /bin/sh -c \"$0\"' {Quote(text)}";
    }

    /// <summary>The command with its prelude, for the login shell.</summary>
    public string Command { get; }

    /// <summary>The process id of the command, which is its process group's too; null until it is known.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>Whether the prelude has passed, so that all output is the command's.</summary>
    public bool IsOver { get; private set; }

    /// <summary>How many bytes of the output were not the command's.</summary>
    public int Dropped { get; private set; }

    /// <summary>A text as a shell's word.</summary>
    /// <param name="text">The text.</param>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Takes the beginning of the output.</summary>
    /// <param name="data">More of it.</param>
    /// <returns>What of the output is the command's own.</returns>
    public ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> data)
    {
        _seen.Write(data);
        ReadOnlySpan<byte> seen = _seen.WrittenSpan;
        int start = seen.IndexOf(_mark);
        ReadOnlySpan<byte> number = start < 0 ? [] : seen[(start + _mark.Length)..];
        int end = number.IndexOf((byte)'\n');
        if (end >= 0 && Utf8Parser.TryParse(number[..end], out int id, out _))
        {
            (ProcessId, IsOver) = (id, true);
            Dropped = start + _mark.Length + end + 1;
            return seen[Dropped..];
        }

        if (seen.Length < MaxNoise)
            return [];
        IsOver = true;
        return seen;
    }

    /// <summary>What was held back of an output that ended without the mark: the login shell's own words, such as that the account is closed.</summary>
    public ReadOnlySpan<byte> Rest() => IsOver ? [] : _seen.WrittenSpan;
}
