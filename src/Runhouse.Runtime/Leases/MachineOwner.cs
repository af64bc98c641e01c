using System.Security.Cryptography;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Leases;

/// <summary>Who leases machines: an id of this user's folder, which stays.</summary>
internal static class MachineOwner
{
    /// <summary>The owner; made when there is none yet.</summary>
    /// <param name="home">Runhouse's folder of the user.</param>
    public static string Of(RunhouseHome home)
    {
        string path = Path.Combine(home.Path, "owner");
        if (Read(path) is { } known)
            return known;
        RunhouseHome.CreatePrivate(home.Path);

        // The name says whose it is to those who see the tag in the cloud's console; the number tells two folders apart.
        string name = new([.. Environment.UserName.ToLowerInvariant().Where(static c => char.IsAsciiLetterOrDigit(c)).Take(20)]);
        string owner = $"{name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        string draft = $"{path}.{owner}";
        using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(owner));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
            return owner;
        }
        catch (IOException) when (Read(path) is { } other)
        {
            // Another process was faster.
            File.Delete(draft);
            return other;
        }
    }

    private static string? Read(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : null;
}
