namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>An instruction of a Dockerfile: its continued lines made one.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Name">Its name in upper case.</param>
/// <param name="Text">What follows the name.</param>
/// <param name="Documents">The here-documents that it begins, in order.</param>
internal sealed record Instruction(string File, int Line, string Name, string Text, IReadOnlyList<HereDocument> Documents)
{
    /// <summary>The error of what is wrong with it.</summary>
    public DockerfileException Wrong(string problem) => new(File, Line, problem);
}

/// <summary>A here-document.</summary>
/// <param name="Marker">What begins it, <c>&lt;&lt;EOF</c>.</param>
/// <param name="Body">Its lines, each with its end.</param>
/// <param name="End">The line that ends it.</param>
internal sealed record HereDocument(string Marker, string Body, string End);
