using System.Buffers;
using System.Globalization;
using System.Text;
using MessagePack;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Codec;

/// <summary>Where in values in plain form a value stands, as whoever wrote them would say it: <c>order.lines[0].count</c>.</summary>
internal static class PlainPath
{
    /// <summary>Finds the path of a value.</summary>
    /// <param name="values">The values, one for each parameter.</param>
    /// <param name="at">Where it begins; where the name of a member begins means the object.</param>
    /// <param name="parameters">The parameters; null for values that belong to none.</param>
    public static string Of(ReadOnlySequence<byte> values, long at, IReadOnlyList<RemoteParameter>? parameters)
    {
        var path = new StringBuilder();
        var reader = new MessagePackReader(values);
        if (PassBefore(ref reader, at, long.MaxValue) is not { } index)
            return "";
        if (index < parameters?.Count)
            path.Append(parameters[(int)index].Name);

        // A step for each level, as deep as what was read of it: that has a limit.
        while (reader.Consumed < at)
        {
            if (reader.NextMessagePackType == MessagePackType.Array)
            {
                if (PassBefore(ref reader, at, reader.ReadArrayHeader()) is not { } item)
                    break;
                path.Append(CultureInfo.InvariantCulture, $"[{item}]");
            }
            else if (reader.NextMessagePackType != MessagePackType.Map
                || PassBefore(ref reader, at, 2L * reader.ReadMapHeader(), out string? name) is not { } half
                || half % 2 == 0)
            {
                break;
            }
            else
            {
                path.Append(path.Length > 0 ? "." : "").Append(name);
            }
        }

        return path.ToString();
    }

    private static long? PassBefore(ref MessagePackReader reader, long at, long count) => PassBefore(ref reader, at, count, out _);

    // Passes over the values that end before the one in which the place is: how many they are, and the text before that one, of a map its name.
    private static long? PassBefore(ref MessagePackReader reader, long at, long count, out string? before)
    {
        before = null;
        for (long i = 0; i < count; i++)
        {
            MessagePackReader next = reader;
            if (!TryPass(ref next, at))
                return i;
            before = reader.NextMessagePackType == MessagePackType.String ? reader.ReadString() : null;
            reader = next;
        }

        return null;
    }

    // Passes over a value that ends before the place. What stands behind that has not been read, and may be anything.
    private static bool TryPass(ref MessagePackReader reader, long at)
    {
        for (long left = 1; left > 0; left--)
        {
            if (reader.Consumed >= at)
                return false;
            switch (reader.NextMessagePackType)
            {
                case MessagePackType.Array:
                    left += reader.ReadArrayHeader();
                    break;
                case MessagePackType.Map:
                    left += 2L * reader.ReadMapHeader();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return true;
    }
}
