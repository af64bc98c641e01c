namespace Runhouse;

/// <summary>A list that the catalogue was read from.</summary>
/// <param name="Name">Its name: <c>embedded</c>, or the path of a file.</param>
/// <param name="Offers">How many offers it has given.</param>
/// <param name="Oldest">The oldest day of its prices; null when it has given none.</param>
/// <param name="Newest">The newest.</param>
public sealed record CatalogueList(string Name, int Offers, DateOnly? Oldest, DateOnly? Newest);
