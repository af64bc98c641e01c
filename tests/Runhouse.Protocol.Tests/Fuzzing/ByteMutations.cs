namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>What is done to bytes whatever they mean.</summary>
internal static class ByteMutations
{
    /// <summary>Changes, flips, adds or takes a few.</summary>
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> changed = [.. bytes];
        for (int left = random.Next(1, 5); left > 0 && changed.Count > 1; left--)
        {
            int at = random.Next(changed.Count);
            switch (random.Next(4))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    changed.RemoveRange(at, Math.Min(random.Next(40), changed.Count - 1 - at));
                    break;
            }
        }

        return [.. changed];
    }
}
