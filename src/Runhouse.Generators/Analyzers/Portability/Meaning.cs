namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What a text is used as.</summary>
internal enum Meaning
{
    /// <summary>Nothing that is different elsewhere.</summary>
    None,

    /// <summary>A path that the file system is asked for.</summary>
    File,

    /// <summary>Something that is called a path, a file or a folder.</summary>
    Path,

    /// <summary>The address of a server.</summary>
    Address,

    /// <summary>A program to start.</summary>
    Program,
}
