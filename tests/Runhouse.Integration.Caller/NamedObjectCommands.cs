using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>What a program does with named objects, most of which keep their state.</summary>
internal static class NamedObjectCommands
{
    /// <summary>Whether the arguments are one of these commands, which has been carried out then.</summary>
    public static async Task<bool> TryRunAsync(string[] args)
    {
        try
        {
            return await RunAsync(args);
        }
        catch (RemoteException e)
        {
            Console.WriteLine($"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            return true;
        }
    }

    private static async Task<bool> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["create-named", var name, var start]:
                await using (CounterRemote counter = await Counter.Remote.Named(name).CreateAsync(int.Parse(start)))
                    Console.WriteLine($"value {await counter.IncrementAsync()}");
                return true;

            case ["create-clerk", var name]:
                await using (await Clerk.Remote.Named(name).CreateAsync())
                    return true;

            case ["ledger-create", var name, .. var entries]:
                await using (LedgerRemote ledger = await Ledger.Remote.Named(name).CreateAsync("Ada"))
                {
                    foreach (string entry in entries)
                        Console.WriteLine(await ledger.AddAsync(entry));
                }

                return true;

            case ["ledger-add", var name, .. var entries]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                {
                    foreach (string entry in entries)
                        Console.WriteLine(await ledger.AddAsync(entry));
                }

                return true;

            case ["ledger-restored", var name]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                    Console.WriteLine($"restored {await ledger.RestoredAsync()}");
                return true;

            case ["ledger-spawn", var name, var entry]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                {
                    RemoteCall<string> call = await ledger.SpawnAsync(ledger => ledger.AddAsync(entry));
                    Console.WriteLine(await call.ResultAsync());
                }

                return true;

            // Into one second of pause between two saves, and then the host is told to stop.
            case ["ledger-add-and-stop", var name, .. var entries]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                {
                    foreach (string entry in entries)
                        Console.WriteLine(await ledger.AddAsync(entry));
                    await Cluster.Local().DownAsync();
                }

                return true;

            case ["ledger-survive", var name, var started]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                {
                    Task<string> waiting = ledger.AddWhenAsync("never", started, started + ".never");
                    while (!File.Exists(started))
                        await Task.Delay(10);
                    try
                    {
                        await ledger.DieAsync();
                    }
                    catch (WorkerLostException)
                    {
                        Console.WriteLine("the call that ended it is lost");
                    }

                    try
                    {
                        await waiting;
                    }
                    catch (WorkerLostException)
                    {
                        Console.WriteLine("the call beside it is lost");
                    }

                    Console.WriteLine(await ledger.AddAsync("after"));
                }

                return true;

            case ["counter-attach", var name]:
                await using (CounterRemote counter = await Counter.Remote.AttachAsync(name))
                    Console.WriteLine($"value {await counter.IncrementAsync(10)}");
                return true;

            case ["ledger-delete", var name]:
                await using (LedgerRemote ledger = await Ledger.Remote.AttachAsync(name))
                    await ledger.DeleteAsync();
                return true;

            case ["down"]:
                await Cluster.Local().DownAsync();
                return true;

            case ["turnstile", var name, var count]:
                await using (TurnstileRemote turnstile = await Turnstile.Remote.Named(name).CreateAsync())
                {
                    int[] passed = await Task.WhenAll(Enumerable.Range(0, int.Parse(count)).Select(_ => turnstile.PassAsync()));
                    Console.WriteLine($"passed {passed.Max()}");
                }

                return true;

            case ["turnstile-again", var name]:
                await using (TurnstileRemote turnstile = await Turnstile.Remote.AttachAsync(name))
                    Console.WriteLine($"passed {await turnstile.PassAsync()}");
                return true;

            case ["clog", var name, var file, var text]:
                await using (ClogRemote clog = await Clog.Remote.Named(name).CreateAsync(file))
                    Console.WriteLine(await clog.AddAsync(text));
                return true;

            case ["clog-add", var name, var text]:
                await using (ClogRemote clog = await Clog.Remote.AttachAsync(name))
                    Console.WriteLine(await clog.AddAsync(text));
                return true;

            case ["hoard", var name, var size]:
                await using (HoardRemote hoard = await Hoard.Remote.Named(name).CreateAsync())
                    Console.WriteLine(await hoard.FillAsync(int.Parse(size)));
                return true;

            case ["hoard-attach", var name]:
                await using (await Hoard.Remote.AttachAsync(name))
                    Console.WriteLine("attached");
                return true;

            default:
                return false;
        }
    }
}
