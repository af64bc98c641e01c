namespace Runhouse.Worker.Control;

/// <summary>What the managed heap may grow to.</summary>
internal static class HeapLimit
{
    /// <summary>Sets the limit in a runtime that has started without: what is allocated beyond it throws <see cref="OutOfMemoryException"/>.</summary>
    /// <param name="bytes">The limit; 0 for none.</param>
    /// <exception cref="DeploymentException">The runtime itself does not fit into it.</exception>
    public static void Set(long bytes)
    {
        if (bytes == 0)
            return;
        AppContext.SetData("GCHeapHardLimit", (ulong)bytes);
        try
        {
            GC.RefreshMemoryLimit();
        }
        catch (InvalidOperationException exception)
        {
            throw new DeploymentException(
                $"The runtime takes no heap limit of {bytes >> 20} MiB: {exception.Message.TrimEnd('.')}. Raise the code's Memory.", exception);
        }
    }
}
