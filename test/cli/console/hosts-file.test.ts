import test from 'ava';
import { namesInHosts } from '../../../lib/cli/console/index.js';

test('the names of a hosts file are those of other machines, without comments', (t) => {
  const text = `127.0.0.1 localhost
::1\tlocalhost ip6-localhost
ff02::1 ip6-allnodes
10.20.0.5  Feed.corp.example feed # the feed
#10.20.0.6 old
2001:db8::5 six.corp.example
`;
  t.deepEqual(namesInHosts(text), ['feed.corp.example', 'feed', 'six.corp.example']);
});
