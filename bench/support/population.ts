import type { ContainerSpec } from '../../src/engine/fake/fake-container.ts';

/** A container as a dev container tool makes it: one workspace, six labels, some of them long. */
export function containerSpec(index: number): ContainerSpec {
  const owner = `user-${index % 500}`;
  const folder = `/home/${owner}/src/project-${index}`;
  return {
    name: `project-${index}-dev-1`,
    image: `registry.example.com/images/dev-${index % 20}:2026.1`,
    labels: {
      'tidewatch.workspace': `project-${index}`,
      'tidewatch.owner': owner,
      'devcontainer.local_folder': folder,
      'devcontainer.config_file': `${folder}/.devcontainer/devcontainer.json`,
      'org.opencontainers.image.version': '2026.1',
      'org.opencontainers.image.title': `dev-${index % 20}`,
    },
  };
}
