#!/usr/bin/env dotnet
// A program in one file: `dotnet run samples/Script/hello.cs`. The greeting is made in a worker.
using Runhouse;

Console.WriteLine(await Greetings.GreetAsync("file-based program"));
Console.WriteLine($"the caller is process {Environment.ProcessId}");

internal static class Greetings
{
    [Remote]
    internal static Task<string> GreetAsync(string who) => Task.FromResult($"hello, {who}, from process {Environment.ProcessId}");
}
