/**
 * Networks of other projects, recognised by the names of their parameters, so that a model is
 * refused under its own name. All of `marks` must occur.
 *
 * @module
 */

interface ForeignNetwork {
  readonly title: string;
  readonly marks: readonly RegExp[];
}

const NETWORKS: readonly ForeignNetwork[] = [
  {
    title: "segmentation_models_pytorch",
    marks: [/(^|\.)encoder\./, /(^|\.)decoder\./, /(^|\.)segmentation_head\./],
  },
  { title: "nnU-Net", marks: [/(^|\.)(encoder\.stages\.0|conv_blocks_context\.0)\./] },
  {
    title: "MONAI (UNet)",
    marks: [/(^|\.)model\.0\.conv\.(unit0\.)?(conv\.)?weight$/, /(^|\.)model\.1\.submodule\./],
  },
  { title: "MONAI (BasicUNet)", marks: [/(^|\.)conv_0\.conv_0\.conv\.weight$/] },
  { title: "MONAI (DynUNet)", marks: [/(^|\.)input_block\.conv1\.conv\.weight$/] },
  { title: "MONAI (SegResNet)", marks: [/(^|\.)convInit\.conv\.weight$/] },
  { title: "MONAI (UNETR or Swin UNETR)", marks: [/(^|\.)(swinViT|vit\.patch_embedding)\./] },
  { title: "TransUNet", marks: [/(^|\.)transformer\.embeddings\./] },
  { title: "Segment Anything", marks: [/(^|\.)image_encoder\.(patch_embed|trunk)\./] },
  { title: "torchvision (DeepLab, FCN)", marks: [/(^|\.)backbone\./, /(^|\.)classifier\./] },
  { title: "UNet++", marks: [/(^|\.)conv0_0\./] },
  { title: "Attention U-Net", marks: [/(^|\.)Conv1\.conv\.0\.weight$/, /(^|\.)Up5\./] },
  { title: "brain-segmentation-pytorch", marks: [/(^|\.)encoder1\.enc1conv1\.weight$/] },
  { title: "pytorch-unet by usuyama (dconv_down1)", marks: [/(^|\.)dconv_down1\./] },
  { title: "pytorch-unet by jvanvugt (down_path)", marks: [/(^|\.)down_path\.0\./] },
  { title: "pytorch-3dunet", marks: [/(^|\.)encoders\.0\.basic_module\./] },
  { title: "U-2-Net", marks: [/(^|\.)stage1\.rebnconvin\./] },
  { title: "UNet 3+", marks: [/(^|\.)h1_PT_hd4_conv\./] },
  { title: "R2U-Net", marks: [/(^|\.)RRCNN1\./] },
  { title: "UNeXt", marks: [/(^|\.)ebn1\./, /(^|\.)patch_embed3\./] },
  { title: "Swin-Unet", marks: [/(^|\.)swin_unet\./] },
  { title: "MONAI (VNet)", marks: [/(^|\.)in_tr\.conv_block\./, /(^|\.)down_tr32\./] },
  {
    title: "MONAI (AttentionUnet)",
    marks: [/(^|\.)model\.0\.(conv\.)?0\.conv\./, /(^|\.)model\.1\.attention\./],
  },
  { title: "MMSegmentation", marks: [/(^|\.)backbone\./, /(^|\.)decode_head\./] },
  { title: "Transformers (SegFormer)", marks: [/(^|\.)segformer\.encoder\./] },
  { title: "fastai (DynamicUnet)", marks: [/(^|\.)layers\.\d+\.shuf\.conv\./] },
  { title: "Diffusers", marks: [/(^|\.)down_blocks\.0\.resnets\./] },
  { title: "Ultralytics YOLO", marks: [/(^|\.)model\.0\.conv\.weight$/, /(^|\.)model\.1\.conv\./] },
  {
    title: "an early Pytorch-UNet, before its layers had their present names",
    marks: [/(^|\.)inc\.conv\.conv\.0\.weight$/],
  },
  {
    title: "torchvision (ResNet)",
    marks: [/(^|\.)layer1\.0\.conv1\.weight$/, /(^|\.)layer4\.0\.conv1\./],
  },
];

/** The title of the known network with these parameters; `undefined` if there is none. */
export function foreignNetwork(names: readonly string[]): string | undefined {
  return NETWORKS.find(({ marks }) => marks.every((mark) => names.some((name) => mark.test(name))))
    ?.title;
}
