using System.Globalization;

namespace Runhouse.Generators.Analyzers.Resources;

/// <summary>Accelerators that cloud providers and workstations have, as people write their names, and how many of one a machine holds at most.</summary>
internal static class KnownAccelerators
{
    /// <summary>More than this of anything is in no machine.</summary>
    public const int MostInOneMachine = 16;

    // In data centres from NVIDIA, in workstations from NVIDIA, from others.
    private const string Table =
        "A10:4 A10G:8 A16:16 A2:8 A30:8 A40:8 A100:16 A100-40GB:16 A100-80GB:8 B100:8 B200:8 B300:8 GB200:4 GB300:4 GH200:1 "
        + "H100:8 H100-80GB:8 H100-MEGA:8 H200:8 H20:8 K80:16 L4:8 L40:8 L40S:8 M60:4 P4:4 P40:4 P100:4 T4:8 T4G:2 V100:8 V100-16GB:8 V100-32GB:8 "
        + "RTXPRO6000:8 RTX6000:8 RTX6000-Ada:8 RTX5000:8 RTX4000:8 RTXA4000:8 RTXA5000:8 RTXA6000:8 "
        + "RTX3060:8 RTX3070:8 RTX3080:8 RTX3090:8 RTX4060:8 RTX4070:8 RTX4080:8 RTX4090:8 RTX5070:8 RTX5080:8 RTX5090:8 "
        + "MI25:8 MI100:8 MI210:8 MI250:8 MI250X:8 MI300X:8 MI325X:8 MI350X:8 MI355X:8 RadeonProV520:4 Gaudi:8 Gaudi2:8 Gaudi3:8 "
        + "Inferentia:16 Inferentia2:12 Trainium:16 Trainium2:16";

    private static readonly Dictionary<string, int> Most = Table.Split(' ')
        .Select(static entry => entry.Split(':'))
        .ToDictionary(static entry => entry[0], static entry => int.Parse(entry[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an accelerator is known.</summary>
    /// <param name="name">Its name, in any case.</param>
    /// <param name="most">How many of it one machine holds at most.</param>
    public static bool TryGet(string name, out int most) => Most.TryGetValue(name, out most);

    /// <summary>The known name that was most likely meant; null when none is near.</summary>
    /// <param name="name">A name that is not known.</param>
    public static string? Nearest(string name)
    {
        string plain = Letters(name);

        // What people add: "NVIDIA A100", "nvidia-tesla-t4", "A100_80GB", "RTX 4090".
        foreach (string prefix in (string[])["NVIDIA", "TESLA", "GEFORCE", "AMD", "INSTINCT", "AWS", "INTEL", "HABANA"])
            plain = plain.StartsWith(prefix, StringComparison.Ordinal) ? plain.Substring(prefix.Length) : plain;
        string? best = null;
        int least = plain.Length < 4 ? 1 : 2;
        foreach (string known in Most.Keys)
        {
            int distance = Distance(plain, Letters(known));
            if (distance < least || (distance == least && best is null) || (distance == least && Shares(plain, known) > Shares(plain, best!)))
                (best, least) = (known, distance);
        }

        return best;
    }

    private static string Letters(string name) => new([.. name.ToUpperInvariant().Where(char.IsLetterOrDigit)]);

    private static int Shares(string name, string known)
    {
        string other = Letters(known);
        int same = 0;
        while (same < name.Length && same < other.Length && name[same] == other[same])
            same++;
        return same;
    }

    // What is read as the other is typed as the other: O for 0, l for 1.
    private static bool IsAlike(char a, char b) => a == b || (a is 'O' or '0' && b is 'O' or '0') || (a is 'I' or 'L' or '1' && b is 'I' or 'L' or '1');

    // Optimal string alignment: a swap of neighbours is one mistake.
    private static int Distance(string a, string b)
    {
        int[,] costs = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            costs[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            costs[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = costs[i - 1, j - 1] + (IsAlike(a[i - 1], b[j - 1]) ? 0 : 1);
                costs[i, j] = Math.Min(change, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
            }
        }

        return costs[a.Length, b.Length];
    }
}
