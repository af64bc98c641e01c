using System.Globalization;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>
/// A file of the corpus: lines with a <c>#</c> say what it was; then come the target, what becomes of it, and the bytes in hexadecimal, with
/// <c>{ticket}</c>, <c>{session}</c> and <c>{secret}</c> for what is another one each time. A line that ends with <c>*N</c> comes N times.
/// </summary>
/// <param name="Target">Who is shown the bytes.</param>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="Bytes">The bytes as they are written in the file.</param>
internal sealed record Finding(string Target, string Outcome, string Bytes)
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fuzzing", "Corpus");

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    public static Finding Read(string name)
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Folder, name + ".txt")).Where(line => !line.StartsWith('#'))];
        string[] heading = lines[0].Split(": ");
        return new Finding(heading[0], heading[1], string.Concat(lines[1..].SelectMany(Repeat)));
    }

    private static IEnumerable<string> Repeat(string line)
    {
        string[] parts = line.Split('*');
        return Enumerable.Repeat(parts[0], parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
    }

    /// <summary>Shows the bytes to the target once more; returns what becomes of it, in the words of the corpus.</summary>
    public async Task<string> ReplayAsync()
    {
        switch (Target)
        {
            case "worker":
                return $"{await WorkerTarget.ShowAsync(Decode())}";
            case "caller":
                return $"{await CallerTarget.ShowAsync(Decode())}";
            case "worker's handshake":
                return $"{await HandshakeTargets.ShowWorkerAsync(Decode())}";
            case "caller's handshake":
                return $"{await HandshakeTargets.ShowCallerAsync(Decode())}";
            case "worker's resumption":
                return $"{await ResumptionTargets.ShowWorkerAsync([], hello => Decode(hello.SessionId), [])}";
            case "error":
                return BodyTargets.ReadError(Decode()).GetType().Name;
            default:
                throw new InvalidDataException($"'{Target}' is no target. See the cases of this method for those that there are.");
        }
    }

    private byte[] Decode(UInt128 session = default)
    {
        byte[] id = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(id, session);
        string bytes = Bytes
            .Replace("{ticket}", Convert.ToHexString(FuzzedSides.Ticket()), StringComparison.Ordinal)
            .Replace("{session}", Convert.ToHexString(id), StringComparison.Ordinal)
            .Replace("{secret}", Convert.ToHexString(Hello.SecretOf(session, WirePair.Key)), StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal);
        return Convert.FromHexString(bytes);
    }
}
