using System.Collections.Concurrent;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>Connections for reading, each with its statements, lent one at a time.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private const int Kept = 8;

    private readonly ConcurrentBag<Reader> _idle = [];
    private volatile bool _disposed;

    public Lent Rent() => new(this, _idle.TryTake(out Reader? reader) ? reader : new Reader(SqliteFile.OpenReader(path)));

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out Reader? reader))
        {
            reader.Dispose();
        }
    }

    private void Return(Reader reader)
    {
        if (_disposed || _idle.Count >= Kept)
        {
            reader.Dispose();
        }
        else
        {
            _idle.Add(reader);
        }
    }

    /// <summary>Given back when disposed; its statements are reset then, also when their reader broke off.</summary>
    public readonly struct Lent : IDisposable
    {
        private readonly ReaderPool _pool;
        private readonly Reader _reader;

        internal Lent(ReaderPool pool, Reader reader)
        {
            _pool = pool;
            _reader = reader;
        }

        public Statement Statement(string sql) => _reader.Statement(sql);

        public void Dispose()
        {
            _reader.Reset();
            _pool.Return(_reader);
        }
    }

    internal sealed class Reader(SqliteFile file) : IDisposable
    {
        private const int MaxStatements = 64;

        private readonly Dictionary<string, Statement> _statements = [];

        public Statement Statement(string sql)
        {
            if (!_statements.TryGetValue(sql, out Statement? statement))
            {
                if (_statements.Count >= MaxStatements)
                {
                    DisposeStatements();
                }

                _statements[sql] = statement = file.Prepare(sql);
            }

            return statement;
        }

        public void Reset()
        {
            foreach (Statement statement in _statements.Values)
            {
                statement.Reset();
            }
        }

        public void Dispose()
        {
            DisposeStatements();
            file.Dispose();
        }

        private void DisposeStatements()
        {
            foreach (Statement statement in _statements.Values)
            {
                statement.Dispose();
            }

            _statements.Clear();
        }
    }
}
