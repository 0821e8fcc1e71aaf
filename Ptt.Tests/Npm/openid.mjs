// A certified OpenID provider that we did not write, on a port of loopback that it chooses and says. The first line of its input is our redirect address; whoever
// signs in is who they say, and an address with 'unverified' in it is not called verified. It ends with its input.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

let serve = (_, answer) => answer.writeHead(503).end();
const server = createServer((request, answer) => serve(request, answer));
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

const input = createInterface({ input: process.stdin });
input.once('line', redirect => {
  const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [{ client_id: 'ptt', client_secret: 'a secret of the two', redirect_uris: [redirect], token_endpoint_auth_method: 'client_secret_post' }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: !id.includes('unverified'), name: id }) }),
    pkce: { required: () => true },
  });
  serve = provider.callback();
  process.stdout.write('ready\n');
});
input.once('close', () => process.exit(0));
