namespace Runhouse.Providers.Aws;

/// <summary>Images that are made again and again, under names that differ in their date.</summary>
/// <param name="Owner">Whose they are.</param>
/// <param name="Pattern">Their names.</param>
/// <param name="Architecture">The processors' architecture, in EC2's words.</param>
internal sealed record ImageSeries(string Owner, string Pattern, string Architecture);
