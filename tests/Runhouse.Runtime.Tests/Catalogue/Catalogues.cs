using Runhouse.Runtime.Catalogue;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Tests.Catalogue;

/// <summary>Catalogues for tests.</summary>
internal static class Catalogues
{
    /// <summary>The embedded one, without anything of the user's.</summary>
    public static MachineCatalogue Embedded() => MachineCatalogue.Load(new RunhouseHome("/nonexistent"), new CatalogueOptions());

    /// <summary>The embedded one, with overrides.</summary>
    public static MachineCatalogue WithOverrides(TemporaryFolder folder, string overrides)
    {
        folder.Write("catalogue/overrides.csv", overrides);
        return MachineCatalogue.Load(new RunhouseHome(folder.Path), new CatalogueOptions());
    }

    /// <summary>Reads rows as a price list has them.</summary>
    public static OfferReading Read(params string[] rows) => OfferList.Read(new StringReader(string.Join('\n', [OfferList.Head, .. rows])), "list");
}
