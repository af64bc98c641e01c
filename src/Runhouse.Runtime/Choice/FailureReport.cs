using System.Globalization;

namespace Runhouse.Runtime.Choice;

/// <summary>Makes the error of a search for machines out of its attempts. Each message names the request, what was tried, and what to do.</summary>
internal static class FailureReport
{
    /// <summary>An attempt, for the record.</summary>
    public static ProvisioningAttempt Attempt(Candidate candidate, MakeFailure failure, DateTimeOffset startedAt, TimeSpan duration) => new()
    {
        Provider = candidate.Offer.Provider,
        Region = candidate.Offer.Region,
        Zone = candidate.Offer.Zone,
        InstanceType = candidate.Offer.InstanceType,
        IsSpot = candidate.IsSpot,
        Price = candidate.Price,
        Failure = failure.Failure,
        Code = failure.Code,
        Message = failure.Message,
        StartedAt = startedAt,
        Duration = duration,
    };

    /// <summary>No candidate is left.</summary>
    public static RemoteException NothingLeft(Resources needs, IReadOnlyList<ProvisioningAttempt> attempts)
    {
        ProvisioningAttempt first = attempts[0];
        string tried = $"No machine with {needs} is to be had: {Count(attempts.Count)} failed ({Classes(attempts)}). The first was {Sentence(first)}";
        if (attempts.Where(static one => one.Price is not null).MinBy(static one => one.Price) is { } cheapest && cheapest.ToString() != first.ToString())
            tried += $" The cheapest was {Sentence(cheapest)}";
        ProvisioningAttempt[] kept = [.. attempts];
        return attempts.All(static one => one.Failure == ProvisioningFailure.Quota)
            ? new QuotaException($"{tried} Ask {Providers(attempts)} for a higher quota, or allow other accelerators, regions or spot machines, which have quotas of their own.") { Attempts = kept }
            : new CapacityException($"{tried} Allow more regions, accelerators (\"A100|H100\") or spot machines, raise MaxPrice, or try again later; Attempts has them all.") { Attempts = kept };
    }

    /// <summary>A stopped machine was not started.</summary>
    public static RemoteException NotStarted(Candidate existing, string cluster, IReadOnlyList<ProvisioningAttempt> attempts)
    {
        string message = $"The stopped machine {existing} cannot be started: {Sentence(attempts[^1], withPlace: false)} Its disk is there, so that no other machine is taken in its place.";
        ProvisioningAttempt[] kept = [.. attempts];
        return attempts[^1].Failure == ProvisioningFailure.Quota
            ? new QuotaException($"{message} Ask {existing.Offer.Provider} for a higher quota, or give its disk up and take the cluster down to have another machine (runhouse down {cluster}).") { Attempts = kept }
            : new CapacityException($"{message} Try again later, or give its disk up and take the cluster down to have another machine (runhouse down {cluster}).") { Attempts = kept };
    }

    /// <summary>A failure behind which nothing else is tried.</summary>
    public static RemoteException Stopped(IReadOnlyList<ProvisioningAttempt> attempts)
    {
        ProvisioningAttempt last = attempts[^1];
        return last.Failure == ProvisioningFailure.Authentication
            ? new CredentialsException($"{last.Provider} refused the credentials for {Sentence(last)} Nothing else was tried. Renew the credentials, or allow their user what the message names.")
            : new DeploymentException($"{last.Provider} refused the request for {Sentence(last)} Nothing else was tried, as another machine would not mend it. Correct what the message names.");
    }

    private static string Sentence(ProvisioningAttempt attempt, bool withPlace = true)
    {
        string price = withPlace && attempt.Price is { } dollars ? string.Create(CultureInfo.InvariantCulture, $" for ${dollars} an hour") : "";
        string place = withPlace ? $"{attempt.InstanceType}{(attempt.IsSpot ? " (spot)" : "")} in {attempt.Zone ?? attempt.Region} ({attempt.Provider}){price}: " : "";
        return $"{place}{attempt.Code}: {attempt.Message.TrimEnd('.')}.";
    }

    private static string Count(int attempts) => attempts == 1 ? "1 attempt" : string.Create(CultureInfo.InvariantCulture, $"{attempts} attempts");

    private static string Classes(IReadOnlyList<ProvisioningAttempt> attempts) => string.Join(
        ", ", attempts.GroupBy(static one => one.Failure).OrderBy(static group => group.Key).Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}")));

    private static string Providers(IReadOnlyList<ProvisioningAttempt> attempts) => string.Join(" or ", attempts.Select(static one => one.Provider).Distinct());
}
