import { expect, test } from 'vitest';
import { modelPath } from '../../cube/model-repository.ts';
import { CUBE_VERSION, PortableCore, transpiledModel } from '../../cube/portable-core.ts';
import { TranspiledModel } from '../../cube/transpiled-model.ts';

test('the shipped model is compiled from what the build made of it', async () => {
  await PortableCore.planOnly(modelPath).compileModel();
  expect(transpiledModel.misses).toBe(0);
});

test('a text is made once, again for other symbols or another Cube, and never kept with errors', async () => {
  const asked: string[] = [];
  const transpiler = {
    exec: async (_task: string, [input]: readonly [Record<string, unknown>]) => {
      asked.push(String(input['content']));
      const errors = input['content'] === 'broken' ? ['broken'] : [];
      return { content: `made of ${String(input['content'])}`, errors, warnings: [] };
    },
    terminate: () => {},
  };
  const kept = new TranspiledModel(CUBE_VERSION).over(transpiler);
  const ask = (content: string, cubeSymbols = {}) => kept.exec('transpileJs', [{ content, cubeSymbols }]);
  expect(await ask('a')).toMatchObject({ content: 'made of a' });
  expect(await ask('a')).toMatchObject({ content: 'made of a' });
  expect(asked).toEqual(['a']);
  await ask('a', { patients: { count: true } });
  expect(asked).toEqual(['a', 'a']);
  await ask('broken');
  expect(await ask('broken')).toMatchObject({ errors: ['broken'] });
  expect(asked).toEqual(['a', 'a', 'broken', 'broken']);
});
