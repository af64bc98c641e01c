using System.Globalization;

namespace Runhouse.Runtime.Catalogue;

/// <summary>
/// The accelerators that machines of clouds have, by their full names, with the memory of each. Price lists and people leave words out or add some:
/// <c>A100</c>, <c>nvidia-tesla-a100</c> and <c>A100_40GB</c> are one.
/// </summary>
internal static class AcceleratorModels
{
    // Name:GiB, after the makers' data sheets. Other spellings follow by '='; a bare name is the model that lists mean by it.
    private const string Table =
        "A10:24 A10G:24 A2:16 A100-40GB=A100:40 A100-80GB:80 B200=B200-180GB:180 B300:288 GB200:186 GB300:288 GH200:96 "
        + "H100-80GB=H100=H100-MEGA=H100-MEGA-80GB:80 H200=H200-141GB:141 H20:96 K80:12 L4:24 L40:48 L40S:48 M60:8 P4:8 P40:24 P100=P100-16GB:16 T4:16 T4G:16 "
        + "V100-16GB=V100:16 V100-32GB:32 RTXPRO6000:96 MI25:16 MI100:32 MI210:64 MI250:128 MI300X:192 MI325X:256 RadeonProV520:8 "
        + "Gaudi:32 Gaudi2:96 Gaudi3:128 Inferentia:8 Inferentia2:32 Trainium:32 Trainium2:96";

    private static readonly string[] Makers = ["NVIDIA", "TESLA", "GEFORCE", "AMD", "INSTINCT", "AWS", "INTEL", "HABANA"];

    private static readonly Dictionary<string, Model> Models = Read();

    /// <summary>The full names.</summary>
    public static IEnumerable<string> Names => Models.Values.Select(static model => model.Name).Distinct();

    /// <summary>The full name of an accelerator.</summary>
    /// <param name="spelling">Its name in a list.</param>
    /// <param name="name">Its full name.</param>
    /// <param name="memory">Its memory in GiB.</param>
    public static bool TryGet(string spelling, out string name, out double memory)
    {
        bool isKnown = Models.TryGetValue(Plain(spelling), out Model model);
        (name, memory) = (model.Name, model.Memory);
        return isKnown;
    }

    /// <summary>Whether a machine's accelerators are what is asked for, and at least as many.</summary>
    /// <param name="has">The machine's, by their full name.</param>
    /// <param name="need">What is asked for: <c>A100</c> is any model in whose name that word is, as it is on a host.</param>
    public static bool Satisfies(Accelerator has, Accelerator need) => IsNamed(has, need) && has.Count >= need.Count;

    /// <summary>Whether a machine's accelerators are of the model that is asked for.</summary>
    /// <param name="has">The machine's, by their full name.</param>
    /// <param name="need">What is asked for.</param>
    public static bool IsNamed(Accelerator has, Accelerator need)
        => new Accelerator(Plain(need.Name), 1).Names(has.Name) || (TryGet(need.Name, out string full, out _) && full == has.Name);

    private static Dictionary<string, Model> Read()
    {
        var models = new Dictionary<string, Model>(StringComparer.Ordinal);
        foreach (string entry in Table.Split(' '))
        {
            string[] parts = entry.Split(':');
            string[] spellings = parts[0].Split('=');
            foreach (string spelling in spellings)
                models.Add(Plain(spelling), new Model(spellings[0], double.Parse(parts[1], CultureInfo.InvariantCulture)));
        }

        return models;
    }

    private static string Plain(string name)
    {
        string plain = string.Concat(name.ToUpperInvariant().Where(char.IsLetterOrDigit));
        foreach (string maker in Makers)
            plain = plain.StartsWith(maker, StringComparison.Ordinal) ? plain[maker.Length..] : plain;
        return plain;
    }

    private readonly record struct Model(string Name, double Memory);
}
