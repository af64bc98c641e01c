using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>A file with a user's key: the private one, encrypted or not, or its public half alone, whose other half an agent holds.</summary>
internal sealed class KeyFile
{
    private const string OpenSshStart = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private const string OpenSshEnd = "-----END OPENSSH PRIVATE KEY-----";

    private KeyFile(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The public half; null when an encrypted file of an old form shows it only to its passphrase.</summary>
    public SshPublicKey? PublicKey { get; private set; }

    /// <summary>A certificate of the key, from the file <c>-cert.pub</c> beside it; null for none.</summary>
    public SshPublicKey? Certificate { get; private set; }

    /// <summary>Whether a passphrase is needed to sign.</summary>
    public bool IsEncrypted { get; private set; }

    /// <summary>Whether the file holds the public half alone.</summary>
    public bool IsPublicOnly { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">What it holds; null when that is no key.</param>
    /// <param name="problem">Why it holds none, as the end of a sentence; null when it holds one.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out KeyFile? file, [NotNullWhen(false)] out string? problem)
    {
        file = null;
        problem = null;
        try
        {
            string text = File.ReadAllText(path);
            var read = new KeyFile(path) { Certificate = ReadPublic(path + "-cert.pub") };
            read.Classify(text);
            file = read;
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read ({e.Message})";
        }
        catch (Exception e) when (IsKeyProblem(e))
        {
            problem = $"holds no key that can be used ({e.Message})";
        }

        return false;
    }

    /// <summary>Takes the private key out of the file; it signs then.</summary>
    /// <param name="passphrase">The passphrase; null when the file is not encrypted.</param>
    /// <exception cref="CryptographicException">The passphrase does not fit, or the file holds no key.</exception>
    public HostAlgorithm Open(string? passphrase)
    {
        try
        {
            IReadOnlyCollection<HostAlgorithm> algorithms = new PrivateKeyFile(Path, passphrase).HostKeyAlgorithms;
            return algorithms.FirstOrDefault(static algorithm => algorithm.Name == "rsa-sha2-256") ?? algorithms.First();
        }
        catch (Exception e) when (IsKeyProblem(e))
        {
            throw new CryptographicException(e.Message, e);
        }
    }

    // SSH.NET reads files of many forms with parsers of its own and of others, which fail as each likes.
    private static bool IsKeyProblem(Exception e) => e is not (OutOfMemoryException or OperationCanceledException);

    private static SshPublicKey? ReadPublic(string path)
    {
        try
        {
            return ParsePublic(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static SshPublicKey? ParsePublic(string text)
        => text.Split([' ', '\t', '\r', '\n'], 3) is [var type, var base64, ..] && SshPublicKey.TryParse(type, base64, out SshPublicKey? key) ? key : null;

    private void Classify(string text)
    {
        int start = text.IndexOf(OpenSshStart, StringComparison.Ordinal);
        if (start >= 0)
        {
            start += OpenSshStart.Length;
            int end = text.IndexOf(OpenSshEnd, start, StringComparison.Ordinal);
            ReadOpenSsh(Convert.FromBase64String(text[start..(end < 0 ? text.Length : end)]));
        }
        else if (ParsePublic(text) is { } alone)
        {
            (PublicKey, IsPublicOnly) = (alone, true);
        }
        else if (IsEncryptedText(text))
        {
            (PublicKey, IsEncrypted) = (ReadPublic(Path + ".pub"), true);
        }
        else
        {
            PublicKey = SshPublicKey.FromBlob(Open(passphrase: null).Data);
        }
    }

    // PROTOCOL.key of OpenSSH: the public half stands before what is encrypted.
    private void ReadOpenSsh(byte[] data)
    {
        ReadOnlySpan<byte> magic = "openssh-key-v1\0"u8;
        if (!data.AsSpan().StartsWith(magic))
            throw new FormatException("The file's first bytes are not those of OpenSSH's keys.");
        var reader = new SshWireReader(data.AsSpan(magic.Length));
        IsEncrypted = reader.ReadText() != "none";
        reader.ReadBytes();
        reader.ReadBytes();
        reader.ReadNumber();
        PublicKey = SshPublicKey.FromBlob(reader.ReadBytes());
    }

    private static bool IsEncryptedText(string text)
        => text.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal)
        || text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal)
        || (text.StartsWith("PuTTY-User-Key-File", StringComparison.Ordinal) && !text.Contains("Encryption: none", StringComparison.Ordinal));
}
