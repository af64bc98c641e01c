namespace Runhouse;

/// <summary>Why the catalogue does not believe a row, or a price in it.</summary>
public enum DropReason
{
    /// <summary>The row has too few or too many columns, or one that cannot be read.</summary>
    Malformed,

    /// <summary>The row has no price that can be believed.</summary>
    NoPrice,

    /// <summary>A price stands for something else: zero, below zero, so small or so large that no machine costs it.</summary>
    SentinelPrice,

    /// <summary>A price is no number in US dollars: <c>NaN</c>, another currency, a comma.</summary>
    NotDollars,

    /// <summary>The spot price is above the list price. The list price stays.</summary>
    SpotAboveList,

    /// <summary>Two rows for one place have different prices. The higher one counts.</summary>
    PricesDisagree,

    /// <summary>Two rows for one place describe different machines. Neither counts.</summary>
    MachinesDisagree,

    /// <summary>The accelerator is none that is known.</summary>
    UnknownAccelerator,
}
