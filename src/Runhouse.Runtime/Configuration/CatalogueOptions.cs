namespace Runhouse;

/// <summary>The catalogue of machines and their prices: section <c>Runhouse:Catalogue</c>.</summary>
public sealed class CatalogueOptions
{
    /// <summary>The file with the user's own rows and prices; null for <c>~/.runhouse/catalogue/overrides.csv</c>, <c>none</c> for none.</summary>
    public string? Overrides { get; set; }

    /// <summary>Which of several machines that would do is tried first.</summary>
    public CandidateOrder Order { get; set; }

    /// <summary>Where AWS publishes its price lists.</summary>
    public Uri AwsPrices { get; set; } = new("https://pricing.us-east-1.amazonaws.com/");

    /// <summary>Where Google Cloud's billing catalogue answers.</summary>
    public Uri GooglePrices { get; set; } = new("https://cloudbilling.googleapis.com/");

    /// <summary>The API key for Google Cloud's billing catalogue; null for none, without which it is not refreshed.</summary>
    public string? GoogleKey { get; set; }
}
