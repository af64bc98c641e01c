using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Catalogue;

/// <summary>The list of one provider as it was last refreshed, a file in the user's folder. It is replaced whole or not at all.</summary>
/// <param name="Path">The file.</param>
internal sealed record RefreshedList(string Path)
{
    private const string Suffix = ".prices.csv";

    /// <summary>The lists that there are.</summary>
    /// <param name="home">The user's folder.</param>
    public static IEnumerable<RefreshedList> All(RunhouseHome home) => !Directory.Exists(home.Catalogue)
        ? []
        : Directory.GetFiles(home.Catalogue, "*" + Suffix).Order(StringComparer.Ordinal).Select(static path => new RefreshedList(path));

    /// <summary>The list of a provider, whether it exists or not.</summary>
    /// <param name="home">The user's folder.</param>
    /// <param name="provider">The provider.</param>
    public static RefreshedList Of(RunhouseHome home, string provider) => new(System.IO.Path.Combine(home.Catalogue, provider + Suffix));

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public OfferReading Read()
    {
        try
        {
            using var text = new StreamReader(Path);
            return OfferList.Read(text, Path);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException($"{Path} is damaged: {damaged.Message} Remove the file, or run 'runhouse catalog refresh'.", damaged);
        }
    }

    /// <summary>Replaces it in one step: whoever reads meanwhile reads the old one.</summary>
    /// <param name="offers">The offers.</param>
    public void Replace(IEnumerable<MachineOffer> offers)
    {
        RunhouseHome.CreatePrivate(System.IO.Path.GetDirectoryName(Path)!);
        string draft = $"{Path}.{System.IO.Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
            using (var text = new StreamWriter(stream))
            {
                OfferList.Write(text, offers);
                text.Flush();
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, Path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
