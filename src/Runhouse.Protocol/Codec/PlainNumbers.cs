namespace Runhouse.Protocol.Codec;

/// <summary>Numbers that MessagePack has no type for, in plain form: their text, as an extension, so that they come out as numbers and lose no digit.</summary>
internal static class PlainNumbers
{
    /// <summary>The extension's type.</summary>
    public const sbyte TypeCode = 1;
}
