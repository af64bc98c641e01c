namespace System;

/// <summary>Lets the compiler match lists against patterns for netstandard2.0, which lacks this type; it never makes one.</summary>
internal readonly struct Index(int value, bool fromEnd = false)
{
    /// <summary>The place in a list.</summary>
    /// <param name="length">The list's length.</param>
    public int GetOffset(int length) => fromEnd ? length - value : value;
}
