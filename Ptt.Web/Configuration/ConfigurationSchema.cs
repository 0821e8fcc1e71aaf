using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Ptt.Web.Configuration;

/// <summary>
/// What may stand under <c>Ptt</c>: the union of all options types. Compares it with what stands there, before anything is
/// bound, so that a misspelt key and a value of the wrong kind are named together with every other fault.
/// </summary>
internal sealed class ConfigurationSchema
{
    private readonly Node _root = new();

    public ConfigurationSchema(IEnumerable<OptionsSection> sections)
    {
        foreach (OptionsSection section in sections)
        {
            Node node = _root;
            foreach (string part in section.Section.Split(ConfigurationPath.KeyDelimiter))
            {
                node = node.Child(part);
            }

            node.Take(section.Type);
        }
    }

    /// <summary>Unknown keys and values that do not convert.</summary>
    public IEnumerable<ConfigurationFault> Compare(IConfiguration configuration) =>
        Compare(configuration.GetSection(PttOptions.Section), _root.Child(PttOptions.Section));

    /// <summary>Every key that can be set, with the property it is bound to; dictionary keys as <c>&lt;name&gt;</c>, list places as <c>N</c>.</summary>
    public IEnumerable<(string Key, PropertyInfo Property)> Keys() => Keys(PttOptions.Section, _root.Child(PttOptions.Section));

    private static IEnumerable<(string Key, PropertyInfo Property)> Keys(string path, Node node)
    {
        foreach ((string name, Node child) in node.Children.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            if (child.Scalar is not null && child.Property is not null)
            {
                yield return ($"{path}:{name}", child.Property);
            }

            foreach ((string Key, PropertyInfo Property) deeper in Keys($"{path}:{name}", child))
            {
                yield return deeper;
            }
        }

        if (node.Any is { } any)
        {
            string place = node.IsList ? "N" : "<name>";
            if (any.Scalar is not null && node.Property is not null)
            {
                yield return ($"{path}:{place}", node.Property);
            }

            foreach ((string Key, PropertyInfo Property) deeper in Keys($"{path}:{place}", any))
            {
                yield return deeper;
            }
        }
    }

    private static IEnumerable<ConfigurationFault> Compare(IConfigurationSection section, Node node)
    {
        if (node.Scalar is { } type && section.Value is { } value && !Converts(value, type))
        {
            yield return new(section.Path, $"'{Shown(section.Key, value)}' is not {Wanted(type)}");
        }
        else if (node.Scalar is null && !string.IsNullOrEmpty(section.Value))
        {
            yield return new(section.Path, node.IsList
                ? $"is a list: set {section.Path}:0, {section.Path}:1, …"
                : $"is a section: set keys below it ({string.Join(", ", node.Children.Keys.Order(StringComparer.Ordinal).Take(6))})");
        }

        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (node.Find(child.Key) is { } known)
            {
                foreach (ConfigurationFault fault in Compare(child, known))
                {
                    yield return fault;
                }
            }
            else if (!IsFileTwin(child.Key, node))
            {
                yield return new(child.Path, "there is no such key" + (Nearest(child.Key, node) is { } near ? $"; did you mean {section.Path}:{near}?" : ""));
            }
        }
    }

    private static bool IsFileTwin(string key, Node node) =>
        key.EndsWith(SecretFiles.Suffix, StringComparison.Ordinal) && node.Find(key[..^SecretFiles.Suffix.Length])?.Scalar is not null;

    private static bool Converts(string value, Type type)
    {
        if (value.Length == 0 && (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null))
        {
            return true;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        try
        {
            // As the configuration binder converts.
            return type == typeof(string) || type == typeof(object)
                || (type == typeof(byte[]) ? Convert.FromBase64String(value) is not null
                    : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value) is not null);
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or NotSupportedException or OverflowException
            || fault.InnerException is FormatException or OverflowException)
        {
            return false;
        }
    }

    private static string Wanted(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(type)),
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(TimeSpan) => "a duration (days.hours:minutes:seconds, such as 00:05:00 or 5.00:00:00)",
            _ when type == typeof(int) || type == typeof(long) => "a whole number in range",
            _ when type == typeof(double) => "a number, such as 0.5",
            _ => "a " + type.Name.ToLower(CultureInfo.InvariantCulture),
        };
    }

    // A secret that was put in the wrong place is not repeated on the screen.
    private static string Shown(string key, string value) =>
        value.Length > 60 || key.Contains("Key", StringComparison.OrdinalIgnoreCase) || key.Contains("Pass", StringComparison.OrdinalIgnoreCase)
        || key.Contains("Token", StringComparison.OrdinalIgnoreCase) ? "…" : value;

    private static string? Nearest(string key, Node node) => node.Children.Keys
        .Select(k => (Name: k, Distance: Distance(k.ToUpperInvariant(), key.ToUpperInvariant())))
        .Where(c => c.Distance <= Math.Max(2, key.Length / 3)).OrderBy(c => c.Distance).Select(c => c.Name).FirstOrDefault();

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }

    /// <summary>One level of the tree: named children, or any child (a dictionary, a list), or a value.</summary>
    private sealed class Node
    {
        public SortedDictionary<string, Node> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

        public Node? Any { get; private set; }

        public bool IsList { get; private set; }

        public Type? Scalar { get; private set; }

        public PropertyInfo? Property { get; private set; }

        public Node Child(string name) => Children.TryGetValue(name, out Node? child) ? child : Children[name] = new Node();

        public Node? Find(string name) => Children.GetValueOrDefault(name)
            ?? (IsList && !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : Any);

        public void Take(Type type)
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.GetIndexParameters().Length == 0 && (property.SetMethod is not null || !IsScalar(property.PropertyType)))
                {
                    Node child = Child(property.Name);
                    child.Property = property;
                    child.Shape(property.PropertyType);
                }
            }
        }

        private void Shape(Type type)
        {
            if (IsScalar(type))
            {
                Scalar = type;
            }
            else if (type.IsAssignableTo(typeof(IDictionary)) || Implements(type, typeof(IDictionary<,>)) || Implements(type, typeof(IReadOnlyDictionary<,>)))
            {
                (Any = new Node()).Shape(type.GetGenericArguments()[^1]);
            }
            else if (type.IsAssignableTo(typeof(IEnumerable)))
            {
                IsList = true;
                (Any = new Node()).Shape(type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[0]);
            }
            else
            {
                Take(Nullable.GetUnderlyingType(type) ?? type);
            }
        }

        private static bool IsScalar(Type type) =>
            type == typeof(object) || type == typeof(byte[]) || TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type).CanConvertFrom(typeof(string));

        private static bool Implements(Type type, Type open) =>
            type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == open);
    }
}
