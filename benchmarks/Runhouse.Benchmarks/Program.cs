using Runhouse.Benchmarks;

// Two of the names are processes of the benchmarks themselves: the raw echo server, and the caller whose start is timed.
return args switch
{
    ["raw-server", var path] => RawServer.Run(path),
    ["cold-caller"] => await ColdStart.CallerAsync(),
    ["coldstart", .. var options] => await MeasureAsync(ColdStart.RunAsync, options),
    ["calls", .. var options] => await MeasureAsync(Calls.RunAsync, options),
    _ => Usage(),
};

static async Task<int> MeasureAsync(Func<bool, Task<IReadOnlyList<Row>>> benchmark, string[] options)
{
    bool quick = false;
    string? json = null;
    for (int i = 0; i < options.Length; i++)
    {
        switch (options[i])
        {
            case "--quick":
                quick = true;
                break;
            case "--json" when i + 1 < options.Length:
                json = options[++i];
                break;
            default:
                return Usage();
        }
    }

    Console.WriteLine($"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
    IReadOnlyList<Row> rows = await benchmark(quick);
    Report.Print(rows);
    if (json is not null)
        Report.Write(json, rows);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("usage: Runhouse.Benchmarks coldstart|calls [--quick] [--json FILE]");
    return 2;
}
