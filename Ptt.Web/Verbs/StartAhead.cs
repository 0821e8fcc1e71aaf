using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Verbs;

/// <summary>
/// The part of a start that needs nothing of what comes before it, begun at once on another core: it fills the caches of the framework
/// (models of the databases, compiled queries, handlers of the routes), keeps nothing itself, and what fails here fails again where it counts.
/// </summary>
internal static class StartAhead
{
    /// <summary>Of every database that a room has registered its model, with a query of each table that is made ready and not run.</summary>
    public static void Databases(IServiceCollection services)
    {
        Type[] contexts = [.. services.Select(s => s.ServiceType)
            .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IDbContextFactory<>)).Select(t => t.GenericTypeArguments[0])];
        _ = Task.Run(() => Array.ForEach(contexts, Model));
    }

    /// <summary>Every route of the composed program.</summary>
    public static void Routes(IEndpointRouteBuilder app)
    {
        EndpointDataSource[] sources = [.. app.DataSources];
        _ = Task.Run(() => Array.ForEach(sources, s => _ = s.Endpoints));
    }

    private static void Model(Type context)
    {
        var options = (DbContextOptionsBuilder)Activator.CreateInstance(typeof(DbContextOptionsBuilder<>).MakeGenericType(context))!;
        using var db = (DbContext)Activator.CreateInstance(context, options.UseSqlite("Data Source=:memory:").Options)!;
        foreach (Type table in db.Model.GetEntityTypes().Select(e => e.ClrType))
        {
            typeof(StartAhead).GetMethod(nameof(Query), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(table).Invoke(null, [db]);
        }
    }

    private static void Query<T>(DbContext db) where T : class => _ = db.Set<T>().AsNoTracking().ToQueryString();
}
