namespace Runhouse.Protocol.Generated;

/// <summary>How objects are laid out. A reader tells the two apart by itself.</summary>
public enum ObjectForm : byte
{
    /// <summary>An array of the members in ordinal order of their names: when both sides have the same schema.</summary>
    Array,

    /// <summary>A map from member name to value: when the schemas differ, and in everything stored.</summary>
    Map,

    /// <summary>
    /// A map from member name to value, whose values are as JSON has them: text for what has no number (enums, dates, identifiers), lists for blocks of
    /// numbers. For a caller that knows names and has no schema. Here, a reader has to be told.
    /// </summary>
    Plain,
}
