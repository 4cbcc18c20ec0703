import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Request, RequestHandler } from 'express';
import { ChiasmError } from '../base/error.ts';
import { packageRoot } from '../base/package-root.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Files of packages that the page loads; nothing else of `node_modules` is served. */
const VENDOR: Readonly<Record<string, readonly [packageName: string, file: string]>> = {
  '/vendor/d3.min.js': ['d3', 'dist/d3.min.js'],
  '/vendor/plot.umd.min.js': ['@observablehq/plot', 'dist/plot.umd.min.js'],
};

/** `/`, `/catalog` and the files of `app/` and `/vendor/`, by exact address: there is no directory to list or to leave. */
export function serveStaticFiles(appFolder: string = join(packageRoot, 'app')): RequestHandler {
  const files = staticFiles(appFolder);
  return (request, response, next) => {
    const file = files.get(pageAddress(request) ?? request.path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      next();
      return;
    }
    response.type(TYPES[extname(file)] ?? 'application/octet-stream');
    response.set(
      'Cache-Control',
      request.path.startsWith('/vendor/') ? 'private, max-age=86400' : 'no-cache',
    );
    response.sendFile(file, { cacheControl: false, dotfiles: 'allow' }, (error?: Error) => {
      if (error !== undefined && !response.headersSent) next(error);
    });
  };
}

/** `/catalog` is a page for people; programs, which do not ask for HTML first, get JSON further on. */
function pageAddress(request: Request): string | undefined {
  const isPage = request.path === '/catalog' && request.accepts(['json', 'html']) === 'html';
  return isPage ? '/app/catalog.html' : undefined;
}

function staticFiles(appFolder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of existsSync(appFolder) ? readdirSync(appFolder) : []) {
    if (TYPES[extname(name)] !== undefined) files.set(`/app/${name}`, join(appFolder, name));
  }
  const index = files.get('/app/index.html');
  if (index === undefined) throw new ChiasmError('not-built', 'the page (app/index.html) is missing');
  files.set('/', index);
  for (const [address, [packageName, file]] of Object.entries(VENDOR)) {
    files.set(address, join(packageFolder(packageName), file));
  }
  return files;
}

function packageFolder(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
  }
  return dirname(require.resolve(name));
}
