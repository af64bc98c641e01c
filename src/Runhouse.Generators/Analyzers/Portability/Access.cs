namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What code does with a field or property.</summary>
internal enum Access
{
    /// <summary>It reads it.</summary>
    Read,

    /// <summary>It writes it.</summary>
    Write,

    /// <summary>It reads it and writes it back.</summary>
    Change,

    /// <summary>It writes it where it had no value yet: a lazy value.</summary>
    Fill,
}
