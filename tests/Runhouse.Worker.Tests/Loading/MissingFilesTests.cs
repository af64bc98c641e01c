using System.Reflection;
using System.Runtime.Loader;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Tests.Loading;

public sealed class MissingFilesTests
{
    private readonly MissingFiles _missing = new("deployment-1");

    [Fact]
    public void An_assembly_that_was_asked_for_in_vain_is_explained_even_behind_another_exception()
    {
        var context = new AssemblyLoadContext("test");
        _missing.Watch(context);
        var cause = Assert.Throws<FileNotFoundException>(() => context.LoadFromAssemblyName(new AssemblyName("Not.There, Version=1.0.0.0")));

        var error = Assert.IsType<DeploymentException>(_missing.Explain(new TypeInitializationException("T", cause)));

        Assert.Contains("Not.There", error.Message, StringComparison.Ordinal);
        Assert.Contains("deployment-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_user_code_did_not_find_stays_its_own_error()
    {
        var error = new FileNotFoundException("gone", "/data/digits.csv");

        Assert.Same(error, _missing.Explain(error));
    }
}
