using Runhouse.Host.Hosting;

if (!HostSettings.TryParse(args, out HostSettings? settings, out string? problem))
{
    await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
    return 2;
}

return await HostProgram.RunAsync(settings).ConfigureAwait(false);
