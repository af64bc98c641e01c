namespace Runhouse.Generators.Model;

/// <summary>How a parameter gets its argument.</summary>
internal enum ParameterKind
{
    /// <summary>A value that travels.</summary>
    Value,

    /// <summary>A stream of items that the far side pulls.</summary>
    Stream,

    /// <summary>A receiver of reports.</summary>
    Progress,

    /// <summary>The cancellation token: of the call.</summary>
    Token,

    /// <summary><c>[FromServices]</c>: resolved in the worker, absent from proxies and entry points.</summary>
    Service,
}
