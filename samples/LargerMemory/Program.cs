using LargerMemory;
using Runhouse;

const int Below = 200_000_000;
const int Expected = 11_078_937;    // as primesieve counts them

int primes = await CountAsync(Below);
Console.WriteLine($"{primes} primes below {Below}");
return primes == Expected ? 0 : 1;

// <main>
static async Task<int> CountAsync(int below)
{
    string[] sizes = ["0.25", "1"];
    foreach (string gibibytes in sizes)
    {
        try
        {
            return await Sieve.Remote.Needing(Resources.Parse(memory: gibibytes)).CountPrimesAsync(below);
        }
        catch (Exception error) when (WorkerLostException.IsOutOfMemory(error))
        {
            Console.WriteLine($"{gibibytes} GiB were too few: {error.Message.Split('\n')[0]}");
        }
    }

    return await Sieve.Remote.Needing(Resources.Parse(memory: "4")).CountPrimesAsync(below);
}

// </main>
