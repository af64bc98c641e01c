namespace Runhouse;

/// <summary>A row, or a price in it, that the catalogue does not believe.</summary>
/// <param name="Reason">Why not.</param>
/// <param name="Source">Where it stands: the list and the line.</param>
/// <param name="Text">What stands there.</param>
public sealed record DroppedEntry(DropReason Reason, string Source, string Text);
