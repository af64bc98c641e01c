namespace Runhouse.Host.Endpoints;

/// <summary>For requests that wait for the disk.</summary>
internal static class Aside
{
    /// <summary>Carries a request out on the thread pool: the thread that has read it reads other connections as well, and relays calls.</summary>
    public static RequestDelegate From(RequestDelegate work) => async context =>
    {
        await Task.Yield();
        await work(context).ConfigureAwait(false);
    };
}
