using Microsoft.Extensions.Options;

namespace Ptt.Web.Configuration;

/// <summary>
/// An options type and the section it is bound to. All of them together are the schema: what is known, what each key may hold,
/// what the documentation lists.
/// </summary>
public sealed record OptionsSection(string Section, Type Type, Func<IServiceProvider, object> Read);

public static class OptionsSections
{
    /// <summary>
    /// Binds <typeparamref name="T"/> to <paramref name="section"/> and makes its keys known. Rules on one property are
    /// data annotations; rules across properties are an <see cref="IValidateOptions{TOptions}"/> whose failures begin with the key.
    /// </summary>
    public static OptionsBuilder<T> AddSection<T>(this IHostApplicationBuilder builder, string section) where T : class
    {
        if (!builder.Services.Any(s => s.ImplementationInstance is OptionsSection known && known.Type == typeof(T) && known.Section == section))
        {
            builder.Services.AddSingleton(new OptionsSection(section, typeof(T), s => s.GetRequiredService<IOptions<T>>().Value));
        }

        return builder.Services.AddOptions<T>().BindConfiguration(section);
    }
}
