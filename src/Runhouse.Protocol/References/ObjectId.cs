using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Runhouse.Protocol.References;

/// <summary>Ids of remote objects and of values that references lead to.</summary>
public static class ObjectId
{
    /// <summary>A new id: random, so that one session cannot guess another's objects. Never 0, which stands for no object.</summary>
    public static ulong New()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong id;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            id = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }
        while (id == 0);
        return id;
    }
}
