using System.Text;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// Programs that start <c>Runhouse.Host.dll</c> and <c>Runhouse.Worker.dll</c> where a runtime has no <c>dotnet</c> program, which no package
/// holds. Each lies beside what it starts, and finds the runtime by <c>DOTNET_ROOT</c>. They are what the SDK makes of every application: the
/// <c>apphost</c> of the platform with the name of the assembly written over its placeholder.
/// </summary>
internal static class AppLauncher
{
    /// <summary>The name of the host's.</summary>
    public const string Host = "Runhouse.Host";

    /// <summary>The name of the worker's.</summary>
    public const string Worker = "Runhouse.Worker";

    // The SHA-256 of "foobar", by which Microsoft.NET.HostModel knows the place. In two parts, so that this assembly is not taken for one.
    private static readonly byte[] Placeholder = [.. "c3ab8ff13720e8ad9047dd39466b3c89"u8, .. "74e592c2fa383d4a3960714caef0c4f2"u8];

    /// <summary>Makes one.</summary>
    /// <param name="template">The platform's <c>apphost</c>.</param>
    /// <param name="assembly">The assembly that it starts, beside it; shorter than the placeholder.</param>
    /// <exception cref="InvalidDataException">The template has no placeholder, or more than one.</exception>
    public static byte[] Bind(byte[] template, string assembly)
    {
        int place = template.AsSpan().IndexOf(Placeholder);
        if (place < 0 || template.AsSpan(place + Placeholder.Length).IndexOf(Placeholder) >= 0)
            throw new InvalidDataException("The apphost of the package has not the one place for the name of an assembly.");
        byte[] bound = [.. template];
        Span<byte> name = bound.AsSpan(place, Placeholder.Length);
        name.Clear();
        Encoding.UTF8.GetBytes(assembly, name[..^1]);
        return bound;
    }
}
